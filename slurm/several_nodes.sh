#!/bin/bash -l
# Trains on several nodes. Any number goes on from the checkpoints of any other.
#
# Copy it, edit the two places, submit it from the directory of the run file: sbatch several_nodes.sh
# The log is fullshard-<job>.log there. docs/cluster.md explains each line and what to do when it ends with an error.

# >>> Edit 1 of 2: what the site is asked for.
#SBATCH --nodes=3
#SBATCH --ntasks-per-node=2
#SBATCH --cpus-per-task=1
#SBATCH --time=01:00:00
##SBATCH --account=my-project --partition=my-partition
# <<<

#SBATCH --job-name=fullshard
#SBATCH --output=%x-%j.log
# A job that is requeued goes on in the same log, with the same number.
#SBATCH --open-mode=append
#SBATCH --requeue
# Five minutes before the time limit the program gets SIGUSR1, finishes its step, saves, and ends with 75. Without "B:" the
# signal goes to the program; with it, to this script alone. Steps that take longer, or slow disks, want more than 300.
#SBATCH --signal=USR1@300

# >>> Edit 2 of 2: what is run.
# module use /path/to/prefix/share/modulefiles    # where fullshard was installed, unless the site's module path has it
run=run.json
# <<<

module load fullshard || exit

# One thread for each processor of a rank. srun does not take the number over from sbatch by itself since SLURM 22.05.
export OMP_NUM_THREADS=$SLURM_CPUS_PER_TASK SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK

# SLURM's mixed way to let ranks wait for each other at the start now and then costs Open MPI 4.1 a rank (segmentation fault in MPI_Init).
export SLURM_PMIX_FENCE=ring

echo "job $SLURM_JOB_ID on $SLURM_JOB_NODELIST, start $((${SLURM_RESTART_COUNT:-0} + 1)), $(date)"
# --kill-on-bad-exit: when one rank dies, the others end at once instead of waiting for it until the time limit.
srun --kill-on-bad-exit=1 --mpi=pmix fullshard train "$run" "$@"
status=$?

# Saved, and not finished: back into the queue, to go on from the checkpoint.
if [ "$status" -eq 75 ]; then
  scontrol requeue "$SLURM_JOB_ID" || echo "this site does not requeue jobs: submit the script again to go on"
fi
exit "$status"
